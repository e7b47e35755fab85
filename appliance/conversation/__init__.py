"""WHAT IS ANSWERED to people who write, without anybody at the firm."""
