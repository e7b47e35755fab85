"""Pictures become one PDF, in order; their JPEG bytes stay as they are. In the child only."""

from pathlib import Path
from typing import Any

import img2pdf

_A4 = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))


def bind(sources: list[str], target: str) -> dict[str, Any]:
    """One page a picture, on A4, each the way it stands. The same pictures make the same bytes."""
    layout = img2pdf.get_layout_fun(pagesize=_A4, fit=img2pdf.FitMode.into, auto_orient=True)
    with Path(target).open("wb") as written:
        img2pdf.convert(
            sources,
            layout_fun=layout,
            rotation=img2pdf.Rotation.ifvalid,
            first_frame_only=True,
            nodate=True,
            engine=img2pdf.Engine.internal,
            outputstream=written,
        )
    return {"pages": len(sources)}
