"""THE SAME FOLDERS ON GOOGLE DRIVE: a copy of what is filed, each thing once. This PC is the truth."""
