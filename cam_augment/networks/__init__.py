"""A Keras model as it is used, however it was written: its layers, its layers' grids, its logits.

Nothing is cut and nothing is built again. A model is traced once with every layer listened to,
and what the package must know of it is read off the traced graph: which layers have a grid, which
of them all paths cross, how the outputs are made, and what is random.
"""
