"""WHAT WAITS, RUNS AND FAILED: the rows that are work, counted, found, measured, and set going."""
