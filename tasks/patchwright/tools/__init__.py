"""Tools: git, Hatch and towncrier, and how programs are started."""
