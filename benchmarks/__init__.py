"""What is fast, measured against named peers in the same run, as ratios. `make bench` runs all of it."""
