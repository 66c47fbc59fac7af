"""What the networks are made of."""

# Keras' .99 has not forgotten its initial values after the few hundred steps of a small study,
# and validation curves would show that lag instead of the network.
MOMENTUM = 0.9
