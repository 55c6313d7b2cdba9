"""What things cost, as ratios to the bare operation in the same run: `make bench`."""
