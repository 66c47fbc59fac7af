"""Which pipeline? Strategies screened by pairs, a pipeline grown of them, and confirmed."""
