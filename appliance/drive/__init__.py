"""THE SAME FOLDERS ON GOOGLE DRIVE: a copy of what is filed, each once. This PC is the truth.

Nobody else writes `documents.drive_id` and `drive_status`.
"""
