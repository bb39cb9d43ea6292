"""Flower's own processes: SuperLink, SuperNodes and `flwr run`, started, followed and ended."""
