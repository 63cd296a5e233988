"""One module a step: `proof` shows that it is done, `act` does it."""
