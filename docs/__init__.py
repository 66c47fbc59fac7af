"""The docs, and what is made of the code and the results for them."""
