"""Steps: one module for each step. `proof` returns evidence that the step is done; `act` does it."""
