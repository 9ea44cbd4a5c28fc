/**
 * A moment as a person types it, day and time in their own zone, and as the wire has it (RFC 3339). What is not whole yet
 * is a draft, "2027-01-31T": a text without a zone, which no check lets pass. Pure.
 */
import { utcTime } from "./time";

export interface Typed {
  /** YYYY-MM-DD, or as much of it as there is. */
  readonly day: string;
  /** hh:mm or hh:mm:ss, or as much of it as there is. */
  readonly time: string;
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;
const DRAFT = /^([\d-]*)T([\d:]*)Z?$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::|:[0-5]\d)?$/;

/** Give day and time in the person's own zone, seconds where there are any; of a draft what it has. */
export function typedOf(text: string): Typed {
  if (isMoment(text)) {
    const at = new Date(text);
    const seconds = at.getSeconds() === 0 ? [] : [at.getSeconds()];
    return {
      day: [String(at.getFullYear()).padStart(4, "0"), two(at.getMonth() + 1), two(at.getDate())].join("-"),
      time: [at.getHours(), at.getMinutes(), ...seconds].map(two).join(":"),
    };
  }
  const [, day = "", time = ""] = DRAFT.exec(text) ?? [];
  return { day, time };
}

/** Give what was typed as UTC to the second, or as a draft where it is not whole; "" is nothing. */
export function textOf({ day, time }: Typed): string {
  if (day === "" && time === "") return "";
  return momentOf({ day, time }) ?? `${day}T${time}`;
}

/** Give what was typed as UTC to the second; null where it is not whole, or where that zone's clocks have no such time. */
export function momentOf({ day, time }: Typed): string | null {
  if (!isDay(day) || !isTime(time)) return null;
  const moment = `${new Date(`${day}T${whole(time)}`).toISOString().slice(0, 19)}Z`;
  const back = typedOf(moment);
  return back.day === day && whole(back.time) === whole(time) ? moment : null;
}

/** Tell why a text is no moment, in words for who typed it; null: it is one. */
export function faultOfMoment(text: string): string | null {
  if (isMoment(text)) return null;
  const { day, time } = typedOf(text);
  if (day === "") return time === "" ? "This is no moment: a day and a time are needed." : "The day is missing.";
  if (!isDay(day)) return /^\d{4}-\d{2}-\d{2}$/.test(day) ? "The calendar has no such day." : "The day is not whole: it looks like 2027-01-31.";
  if (time === "") return "The time is missing, such as 18:00.";
  return isTime(time) ? "The clocks go forward on that day and skip this time: choose another." : "The time is not whole: it looks like 18:00.";
}

/** What a moment is elsewhere, told below its field. */
export function elsewhere(moment: string): string {
  return `That is ${utcTime(moment)}; your time zone is ${zone()}.`;
}

export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function isTime(time: string): boolean {
  return TIME.test(time);
}

export function isDay(day: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00Z`) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day); // 30 February is 2 March to it
}

function isMoment(text: string): boolean {
  const [, day] = MOMENT.exec(text) ?? [];
  return day !== undefined && isDay(day) && !Number.isNaN(new Date(text).getTime());
}

function whole(time: string): string {
  return time.length === 8 ? time : `${time.slice(0, 5)}:00`; // the input adds the colon before any seconds are typed
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
