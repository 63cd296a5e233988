"""Engine: one run of inv, from the flags to the proof of each step."""
