"""GitHub: ask about a repository through gh, and watch its workflow runs."""
