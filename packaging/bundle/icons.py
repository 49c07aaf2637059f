"""The program's icon in the sizes that desktops ask for, drawn from the one SVG."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from bundle.places import ROOT

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
SOURCE = ROOT / "resources" / "icons" / "nextword.svg"
_ICO_SIZES = (16, 24, 32, 48, 64, 256)
_ICNS = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09"}


def draw(folder: Path) -> dict[int, Path]:
    """Write nextword-SIZE.png for every size, nextword.ico and nextword.icns; return the pictures by size."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(SOURCE))
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[int, Path] = {}
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        made[size] = folder / f"nextword-{size}.png"
        made[size].write_bytes(data.data())
    del application
    (folder / "nextword.ico").write_bytes(ico({size: made[size].read_bytes() for size in _ICO_SIZES}))
    (folder / "nextword.icns").write_bytes(icns({size: made[size].read_bytes() for size in _ICNS}))
    return made


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return an icon file of Windows with PNG pictures in it; sizes up to 256."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    rows = b""
    for size, data in sorted(pictures.items()):
        side = size % 256  # 0 stands for 256
        rows += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + rows + b"".join(data for _, data in sorted(pictures.items()))


def icns(pictures: dict[int, bytes]) -> bytes:
    """Return an icon file of macOS with PNG pictures in it."""
    body = b"".join(_ICNS[size] + struct.pack(">I", len(data) + 8) + data for size, data in sorted(pictures.items()))
    return b"icns" + struct.pack(">I", len(body) + 8) + body
