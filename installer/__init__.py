"""What starts Greffier on a machine that has only Python: standard library, parsed by 3.8 on."""
