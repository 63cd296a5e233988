"""Changelogs: their headings, titles and sections, and a section put where its version belongs."""
