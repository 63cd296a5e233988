"""Patches: which commits of the mainline belong in a patch release."""
