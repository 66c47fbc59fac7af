"""The technical report, made of `results/`: `make paper`."""
