"""Pictures of pages as small PNG files: at most 256 colours, which text and plain surfaces hardly need."""

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

MOST_COLOURS = 256

# The browser has drawn the picture and decodes it in no time. The commonest colours are kept that differ enough from
# each other; every other pixel gets the nearest of them.
REDUCE = """async ([picture, most]) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + picture)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const pixels = new Uint32Array(image.width * image.height);
    const counts = new Map();
    for (let at = 0; at < pixels.length; at += 1) {
        const colour = (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2];
        pixels[at] = colour;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const common = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([colour]) => colour);
    const distance = (a, b) => {
        const [red, green, blue] = [16, 8, 0].map((shift) => ((a >> shift) & 255) - ((b >> shift) & 255));
        return red * red + green * green + blue * blue;
    };
    let kept = common;
    for (let apart = 2; kept.length > most; apart *= 2) {
        kept = [];
        for (const colour of common) {
            if (kept.every((each) => distance(each, colour) > apart)) kept.push(colour);
            if (kept.length > most) break;
        }
    }
    const nearest = new Map(kept.map((colour, index) => [colour, index]));
    for (const colour of common) {
        if (nearest.has(colour)) continue;
        let best = 0;
        for (let index = 1; index < kept.length; index += 1) {
            if (distance(kept[index], colour) < distance(kept[best], colour)) best = index;
        }
        nearest.set(colour, best);
    }
    let indices = '';
    for (let at = 0; at < pixels.length; at += 1) indices += String.fromCharCode(nearest.get(pixels[at]));
    return { width: image.width, height: image.height, palette: kept, indices: btoa(indices) };
}"""


def reduced(picture: bytes, page: Page) -> bytes:
    """Give a PNG with a palette of at most 256 colours; `page` is a blank one, whose browser decodes it."""
    told: dict[str, Any] = page.evaluate(REDUCE, [base64.b64encode(picture).decode(), MOST_COLOURS])
    width, height = told["width"], told["height"]
    indices = base64.b64decode(told["indices"])
    palette = b"".join(colour.to_bytes(3, "big") for colour in told["palette"])
    rows = b"".join(b"\0" + indices[at * width : (at + 1) * width] for at in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
