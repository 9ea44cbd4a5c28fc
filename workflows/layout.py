"""Where the states and arrows of a machine's picture stand: success straight down, failures in a column aside.

The success path is the left column. Each chain of states that only a failure enters stands in the right column, at
the height of the first state that leads into it, below the chain before. Arrows between the columns run in the
corridor, one lane for all arrows to the same state; arrows that skip states of the right column run in lanes at its
right.
"""

from dataclasses import dataclass
from itertools import count

from workflows.asl import Json
from workflows.paths import edges, success_path

BOX_WIDTH, BOX_HEIGHT = 236, 46
ROW_HEIGHT = 74
LEFT_MARGIN, TOP_MARGIN = 84, 10
CORRIDOR = 116
LANE = 18
RIGHT_MARGIN = 76

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A state's place: its column (0 success, 1 aside) and row."""

    state: str
    column: int
    row: int

    @property
    def left(self) -> float:
        """Give the x of the left side."""
        return LEFT_MARGIN + self.column * (BOX_WIDTH + CORRIDOR)

    @property
    def right(self) -> float:
        """Give the x of the right side."""
        return self.left + BOX_WIDTH

    @property
    def top(self) -> float:
        """Give the y of the top side."""
        return TOP_MARGIN + self.row * ROW_HEIGHT

    @property
    def bottom(self) -> float:
        """Give the y of the bottom side."""
        return self.top + BOX_HEIGHT

    @property
    def middle(self) -> Point:
        """Give the middle point."""
        return self.left + BOX_WIDTH / 2, self.top + BOX_HEIGHT / 2


@dataclass(frozen=True)
class Arrow:
    """A polyline from one state to another, or to the line of another arrow to the same state (then without a head).

    `caught` if a failure takes it; `label` which answer of a choice does.
    """

    points: tuple[Point, ...]
    caught: bool
    label: str = ""
    head: bool = True


@dataclass(frozen=True)
class Layout:
    """The whole picture, in pixels."""

    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    width: float
    height: float


@dataclass(frozen=True)
class _Link:
    source: str
    target: str
    caught: bool
    label: str


def layout(asl: Json) -> Layout:
    """Place every state and arrow of the machine."""
    boxes = _place(asl)
    links = _links(asl)
    arrows = _straight(boxes, links) + _across(boxes, links) + _around(boxes, links)
    rows = max(box.row for box in boxes.values()) + 1
    columns = max(box.column for box in boxes.values()) + 1
    width = LEFT_MARGIN + columns * BOX_WIDTH + (columns - 1) * CORRIDOR + RIGHT_MARGIN
    return Layout(boxes, tuple(arrows), width, 2 * TOP_MARGIN + rows * ROW_HEIGHT - (ROW_HEIGHT - BOX_HEIGHT))


def _place(asl: Json) -> dict[str, Box]:
    straight = success_path(asl)
    boxes = {state: Box(state, 0, row) for row, state in enumerate(straight)}
    entries = {
        edge.target: source
        for source in reversed(straight)
        for edge in edges(asl["States"][source])
        if edge.target not in boxes
    }
    chains = {entry: _chain(asl, entry) for entry in entries}
    free_row = 0
    for entry in reversed(entries):
        if any(entry in chain for other, chain in chains.items() if other != entry):
            continue  # it is entered on the way of another chain, too, and stands there
        free_row = max(free_row, boxes[entries[entry]].row)
        chain = [state for state in chains[entry] if state not in boxes]
        boxes |= {state: Box(state, 1, free_row + index) for index, state in enumerate(chain)}
        free_row += len(chain)
    return boxes


def _chain(asl: Json, start: str) -> list[str]:
    """Give the states that follow `start` when nothing more fails."""
    return success_path({**asl, "StartAt": start})


def _links(asl: Json) -> list[_Link]:
    """Give each pair of connected states once, in the order of the straight edge first."""
    found: dict[tuple[str, str], _Link] = {}
    for state, block in asl["States"].items():
        for edge in edges(block):
            label = ("no" if edge.target == block.get("Default") else "yes") if block["Type"] == "Choice" else ""
            found.setdefault((state, edge.target), _Link(state, edge.target, edge.caught, label))
    return list(found.values())


def _is_straight(boxes: dict[str, Box], link: _Link) -> bool:
    source, target = boxes[link.source], boxes[link.target]
    return source.column == target.column and target.row == source.row + 1


def _straight(boxes: dict[str, Box], links: list[_Link]) -> list[Arrow]:
    """Draw arrows from a state to the one right below it."""
    arrows = []
    for link in links:
        if _is_straight(boxes, link):
            source, target = boxes[link.source], boxes[link.target]
            arrows.append(
                Arrow(((source.middle[0], source.bottom), (target.middle[0], target.top)), link.caught, link.label)
            )
    return arrows


def _across(boxes: dict[str, Box], links: list[_Link]) -> list[Arrow]:
    """Draw arrows through the corridor; those to the same state share a lane, the lowest state's lane is leftmost."""
    crossing = [link for link in links if boxes[link.source].column != boxes[link.target].column]
    targets = sorted({link.target for link in crossing}, key=lambda state: -boxes[state].row)
    lanes = {target: LEFT_MARGIN + BOX_WIDTH + 2 * LANE * (index + 1) for index, target in enumerate(targets)}
    leaving: dict[str, count[int]] = {}
    arrows = []
    for state in reversed(targets):
        target = boxes[state]
        end, lane = target.middle[1], lanes[state]
        # A state's second failure arrow leaves below its first.
        starts = {
            link: boxes[link.source].middle[1] + 12 * next(leaving.setdefault(link.source, count()))
            for link in crossing
            if link.target == state
        }
        ends = {min(starts.values()), max(starts.values())}
        whole = True  # one arrow is drawn to the target, all others to its line, so that dashes never overlap
        for link, start in sorted(starts.items(), key=lambda item: item[1]):
            points: tuple[Point, ...] = ((boxes[link.source].right, start), (lane, start))
            if start == end:
                points = (*points[:1], (target.left, end)) if whole else points
            elif start in ends:
                points = (*points, (lane, end), *(((target.left, end),) if whole else ()))
            arrows.append(Arrow(points, link.caught, link.label, head=points[-1][0] == target.left))
            whole = whole and not arrows[-1].head
    return arrows


def _around(boxes: dict[str, Box], links: list[_Link]) -> list[Arrow]:
    """Draw arrows that skip states of their column, in lanes at its right, the longest outermost."""
    skipping = [
        link
        for link in links
        if boxes[link.source].column == boxes[link.target].column and not _is_straight(boxes, link)
    ]
    skipping.sort(key=lambda link: boxes[link.target].row - boxes[link.source].row)
    arrivals: dict[str, count[int]] = {}
    arrows = []
    for index, link in enumerate(skipping):
        source, target = boxes[link.source], boxes[link.target]
        lane = source.right + LANE * (index + 1)
        end = target.middle[1] - 10 + 10 * next(arrivals.setdefault(link.target, count()))
        start = source.middle[1]
        points = ((source.right, start), (lane, start), (lane, end), (target.right, end))
        arrows.append(Arrow(points, link.caught, link.label))
    return arrows
