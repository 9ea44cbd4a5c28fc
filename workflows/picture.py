"""The picture of a machine, as an SVG drawn from its ASL: readable in a README, on a light and on a dark page."""

from html import escape

from workflows.asl import Json
from workflows.layout import BOX_HEIGHT, BOX_WIDTH, Arrow, Box, Layout, Point, layout

LEGEND_HEIGHT = 34
CORNER = 8.0

STYLE = """\
  .state { fill: #f3f6fb; stroke: #5b7bb0; stroke-width: 1.5 }
  .aside { fill: #fbf5ef; stroke: #b0793f }
  .succeed { fill: #dff3e4; stroke: #2f8f4e }
  .fail { fill: #fbe3e3; stroke: #c04545 }
  .name { fill: #1b2230; font: 600 14px system-ui, -apple-system, "Segoe UI", sans-serif }
  .does { fill: #5a6477; font: 11.5px system-ui, -apple-system, "Segoe UI", sans-serif }
  .label { fill: #7d8799; font: 11.5px system-ui, -apple-system, "Segoe UI", sans-serif }
  .next { fill: none; stroke: #6f86ad; stroke-width: 1.8 }
  .caught { fill: none; stroke: #c0803f; stroke-width: 1.4; stroke-dasharray: 5 4 }
  .head-next { fill: #6f86ad }
  .head-caught { fill: #c0803f }
  @media (prefers-color-scheme: dark) {
    .state { fill: #1d2636; stroke: #6f8fc7 }
    .aside { fill: #2c241c; stroke: #c08a50 }
    .succeed { fill: #16321f; stroke: #4cb270 }
    .fail { fill: #3a1e1e; stroke: #d86a6a }
    .name { fill: #e8edf6 }
    .does { fill: #a9b3c6 }
    .label { fill: #98a2b5 }
  }"""


def draw(asl: Json) -> str:
    """Give the SVG of the machine; equal machines give equal bytes."""
    plan = layout(asl)
    height = plan.height + LEGEND_HEIGHT
    size = f'viewBox="0 0 {plan.width:g} {height:g}" width="{plan.width:g}" height="{height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(asl["Comment"])}">',
        f"<style>\n{STYLE}\n</style>",
        "<defs>",
        *(_head(kind) for kind in ("next", "caught")),
        "</defs>",
        *(_arrow(arrow) for arrow in plan.arrows),
        *(_wait(box, asl["States"][state]) for state, box in plan.boxes.items() if _waits(asl["States"][state])),
        *(_box(box, asl["States"][state]) for state, box in plan.boxes.items()),
        _legend(plan),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="head-{kind}" d="M0,0.5 L8,4 L0,7.5 z"/></marker>'
    )


def _box(box: Box, block: Json) -> str:
    """Draw a state: a rounded box, a choice with pointed sides, an end as a pill."""
    kind = "aside" if box.column else ""
    kind = {"Succeed": "succeed", "Fail": "fail"}.get(block["Type"], kind)
    x, y = box.middle
    if block["Type"] == "Choice":
        point, half = 14, BOX_HEIGHT / 2
        corners = (
            (box.left, y), (box.left + point, y - half), (box.right - point, y - half),
            (box.right, y), (box.right - point, y + half), (box.left + point, y + half),
        )  # fmt: skip
        shape = f'<polygon class="state {kind}" points="{" ".join(f"{px:g},{py:g}" for px, py in corners)}"/>'
    else:
        radius = BOX_HEIGHT / 2 if block["Type"] in {"Succeed", "Fail"} else CORNER
        shape = (
            f'<rect class="{f"state {kind}".strip()}" x="{box.left:g}" y="{box.top:g}" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" rx="{radius:g}"/>'
        )
    return (
        f"<g><title>{escape(block.get('Comment', box.state))}</title>{shape}"
        f'<text class="name" x="{x:g}" y="{y - 3:g}" text-anchor="middle">{escape(box.state)}</text>'
        f'<text class="does" x="{x:g}" y="{y + 13:g}" text-anchor="middle">{escape(_does(block))}</text></g>'
    )


def _does(block: Json) -> str:
    """Tell in a few words what kind of state it is."""
    resource = str(block.get("Resource", "")).split(":::")[-1]
    if resource.endswith(".waitForTaskToken"):
        return "Lambda, sleeps on a task token"
    if resource.startswith("lambda:"):
        return "Lambda"
    if resource.startswith("dynamodb:"):
        return f"DynamoDB {resource.removeprefix('dynamodb:')}"
    if block["Type"] == "Choice":
        question = block["Choices"][0]["Condition"].removeprefix("{%").removesuffix("%}").strip()
        return f"{question.split('.')[-1]}?"
    return {"Succeed": "execution SUCCEEDED", "Fail": "execution FAILED"}.get(block["Type"], str(block["Type"]))


def _arrow(arrow: Arrow) -> str:
    kind = "caught" if arrow.caught else "next"
    head = f' marker-end="url(#{kind})"' if arrow.head else ""
    drawn = f'<path class="{kind}" d="{_path(arrow.points)}"{head}/>'
    if not arrow.label:
        return drawn
    (x, y), (next_x, _) = arrow.points[:2]
    shift = (6, 17) if next_x == x else (2, -5)
    return drawn + f'<text class="label" x="{x + shift[0]:g}" y="{y + shift[1]:g}">{escape(arrow.label)}</text>'


def _path(points: tuple[Point, ...]) -> str:
    """Give a polyline with rounded corners."""
    steps = [f"M{points[0][0]:g},{points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        entering, leaving = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{entering[0]:g},{entering[1]:g} Q{corner[0]:g},{corner[1]:g} {leaving[0]:g},{leaving[1]:g}")
    steps.append(f"L{points[-1][0]:g},{points[-1][1]:g}")
    return " ".join(steps)


def _towards(corner: Point, other: Point) -> Point:
    """Give the point at most CORNER away from `corner`, on the horizontal or vertical line to `other`."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(CORNER, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part


def _waits(block: Json) -> bool:
    """Tell whether the state waits by being retried at a fixed interval."""
    return any(retry.get("BackoffRate") == 1 for retry in block.get("Retry", []))


def _wait(box: Box, block: Json) -> str:
    """Draw the loop of a state that waits by being retried, at its left side."""
    token = str(block["Resource"]).endswith(".waitForTaskToken")
    x, y = box.left, box.middle[1]
    points = ((x, y - 11), (x - 26, y - 11), (x - 26, y + 11), (x, y + 11))
    return (
        f'<path class="next" d="{_path(points)}" marker-end="url(#next)"/>'
        f'<text class="label" x="{x - 32:g}" y="{y + 4:g}" text-anchor="end">{"polls" if token else "waits"}</text>'
    )


def _legend(plan: Layout) -> str:
    """Explain the lines, below the picture."""
    left = min(box.left for box in plan.boxes.values())
    y = plan.height + LEGEND_HEIGHT / 2
    parts = []
    for index, (kind, text) in enumerate((("next", "next"), ("caught", "on failure, after its retries"))):
        x = left + index * 110
        parts.append(
            f'<path class="{kind}" d="M{x:g},{y:g} L{x + 34:g},{y:g}" marker-end="url(#{kind})"/>'
            f'<text class="label" x="{x + 42:g}" y="{y + 4:g}">{text}</text>'
        )
    return "".join(parts)
