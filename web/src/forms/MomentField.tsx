import Button from "@cloudscape-design/components/button";
import type { DatePickerProps } from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import TimeInput from "@cloudscape-design/components/time-input";
import { type ReactNode, useRef, useState } from "react";
import { DayInput } from "../parts/DayInput";
import { type Typed, elsewhere, faultOfMoment, isDay, isTime, textOf, typedOf, zone } from "../parts/moments";
import { type InputProps, Label } from "./Field";
import { emptied } from "./inputs";
import { inSentence } from "./schema";

/** A moment: its day and its time in the person's own zone. What was there stays to the second until it is changed. */
export function MomentField({ schema, label, value, isRequired, onChange, pointer, errorText }: InputProps & { errorText: ReactNode }) {
  const text = typeof value === "string" ? value : "";
  const [own, setOwn] = useState<Typed>(() => typedOf(text));
  // As it is being typed, as long as that is what the form has; else somebody has put another value there.
  const typed = textOf(own) === text ? own : typedOf(text);
  const [hasSeconds, setSeconds] = useState(typed.time.length > 5);
  const day = useRef<DatePickerProps.Ref>(null);
  const isWrong = errorText !== "";

  const change = (next: Typed) => {
    setOwn(next);
    if (next.time === "") setSeconds(false); // who begins anew means a minute
    const whole = textOf(next);
    onChange(whole === "" ? emptied(schema, isRequired) : whole);
  };
  const clear = () => {
    change({ day: "", time: "" });
    day.current?.focus(); // the button goes, and would take the focus with it
  };

  // Who is taken to what is wrong comes to the part that is.
  const isTimeWrong = isDay(typed.day) && !isTime(typed.time);
  return (
    <div role="group" aria-label={label}>
      <FormField
        label={<Label text={label} isRequired={isRequired} />}
        description={schema.description}
        errorText={errorText}
        constraintText={<span role="status">{toldOf(text, isWrong)}</span>}
        stretch
      >
        <div className="form-moment">
          <div data-field={isTimeWrong ? undefined : pointer}>
            <FormField label="Day">
              <DayInput ref={day} value={typed.day} invalid={isWrong && !isTimeWrong} onChange={(next) => change({ ...typed, day: next })} />
            </FormField>
          </div>
          <div data-field={isTimeWrong ? pointer : undefined}>
            <FormField label="Time">
              <TimeInput
                value={typed.time}
                format={hasSeconds || typed.time.length > 5 ? "hh:mm:ss" : "hh:mm"}
                placeholder="hh:mm"
                autoComplete={false}
                invalid={isWrong && isTimeWrong}
                onChange={({ detail }) => change({ ...typed, time: detail.value })}
              />
            </FormField>
          </div>
          {text !== "" && !isRequired && (
            <Button formAction="none" ariaLabel={`Clear ${inSentence(label)}`} onClick={clear}>
              Clear
            </Button>
          )}
        </div>
      </FormField>
    </div>
  );
}

function toldOf(text: string, isWrong: boolean): string {
  if (text === "") return `In your time zone, ${zone()}.`;
  return faultOfMoment(text) === null ? elsewhere(text) : isWrong ? "" : (faultOfMoment(text) ?? "");
}
