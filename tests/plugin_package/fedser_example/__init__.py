"""Extensions of fedser, each found by its entry point."""
