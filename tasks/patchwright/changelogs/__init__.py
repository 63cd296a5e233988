"""Changelogs: their headings, titles and sections, and where a section belongs."""
