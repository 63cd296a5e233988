"""Replays past patch releases of a repository, and compares what patchwright makes with what was made."""
