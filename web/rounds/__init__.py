"""Pages of planning rounds: which there are, opening the next, carrying proposals over to it."""
