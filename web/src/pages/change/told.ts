import type { components } from "../../api/schema";

type Schemas = components["schemas"];
/** What such a change, or one of its states, usually takes, in milliseconds; of `count` past ones. */
export type Usual = Schemas["Usual"];
export type DetailedState = Schemas["ToldState"];
/** A change as its own page reads it. */
export type DetailedChange = Schemas["ChangeDetail"];
/** One event of the execution, as Step Functions has written it down. */
export type HistoryEvent = Schemas["HistoryEvent"];
