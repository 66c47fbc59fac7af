"""Plan -> runs -> profile -> report, of models trained here or elsewhere."""
