"""Engine: one run of inv, from the flags to the proven steps."""
