"""Files of strangers are decoded here: in a process of its own with limits, not the appliance's.

`foreman` is what the appliance asks; `apprentice` is the child (`python -m appliance.workshop`).
Pillow, libheif and PDFium are imported in the child only.
"""
