"""The practice ground: a made project, and a stand-in for GitHub on loopback."""
