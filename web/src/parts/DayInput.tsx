import DatePicker, { type DatePickerProps } from "@cloudscape-design/components/date-picker";

/** A day, YYYY-MM-DD: typed, or chosen from a calendar. While it is typed, `onChange` hears of what there is of it. */
export function DayInput({ onChange, ...others }: Omit<DatePickerProps, "onChange"> & { onChange: (day: string) => void; ref?: React.Ref<DatePickerProps.Ref> }) {
  return (
    <DatePicker
      placeholder="YYYY-MM-DD"
      format="iso"
      openCalendarAriaLabel={(chosen) => (chosen === null ? "Choose a day" : `Choose a day, ${chosen} is chosen`)}
      i18nStrings={{ nextMonthAriaLabel: "Next month", previousMonthAriaLabel: "Previous month", todayAriaLabel: "Today" }}
      {...others}
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}
