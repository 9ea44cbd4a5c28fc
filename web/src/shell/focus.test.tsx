import { act, render } from "@testing-library/react";
import { useRef } from "react";
import { expect, it } from "vitest";
import { useKeptFocus } from "./focus";

function Page({ has, isAsking = false }: { has: boolean; isAsking?: boolean }) {
  const main = useRef<HTMLElement>(null);
  useKeptFocus(main);
  return (
    <main ref={main} tabIndex={-1}>
      {has && <button>Delete</button>}
      {isAsking && (
        <div role="dialog">
          {has && <button>Send</button>}
          <button>Close</button>
        </div>
      )}
    </main>
  );
}

/** Give a page, the way to put the focus on a button or on nothing, and what is done to the page. */
function shown(isAsking = false) {
  const { rerender, getByText } = render(<Page has isAsking={isAsking} />);
  const focus = (text: string) => act(async () => getByText(text).focus());
  const leave = () => act(async () => (document.activeElement as HTMLElement).blur());
  const removed = () => act(async () => rerender(<Page has={false} isAsking={isAsking} />));
  return { focus, leave, removed };
}

it("goes to the content when what has it goes", async () => {
  const { focus, removed } = shown();

  await focus("Delete");
  await removed();

  expect(document.activeElement?.tagName).toBe("MAIN");
});

it("stays in a dialog that is open", async () => {
  const { focus, removed } = shown(true);

  await focus("Send");
  await removed();

  expect(document.activeElement?.outerHTML).toBe("<button>Close</button>");
});

it("is nobody's where the person has left it so", async () => {
  const { focus, leave, removed } = shown();

  await focus("Delete");
  await leave();
  await removed();

  expect(document.activeElement).toBe(document.body);
});

it("is not taken from what has it", async () => {
  const { focus, removed } = shown(true);

  await focus("Delete");
  await focus("Close");
  await removed();

  expect(document.activeElement?.outerHTML).toBe("<button>Close</button>");
});
