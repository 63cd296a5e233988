"""Report: what the user sees. Rich is imported only in this folder."""
