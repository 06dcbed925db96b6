/**
 * Reads points in time. `new Date(text)` would take a third of the time in which a list of customers is decoded, so the form that services
 * write is read here.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const epoch = DateTime.unsafeMake(0)

/** The number that two digits are. It is below zero if one of them is no digit. */
const two = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones
}

const divide = (number: number, by: number): number => Math.floor(number / by)

/**
 * Milliseconds since 1970 of a text such as `2024-03-11T09:12:44.120Z`. It is `NaN` for every other text, and for the last days of a month,
 * which would need the length of the month.
 */
const millisOf = (text: string): number => {
  const isForm =
    text.length === 24 &&
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    text.charCodeAt(19) === 46 &&
    text.charCodeAt(23) === 90
  if (!isForm) return Number.NaN
  const century = two(text, 0)
  const ofCentury = two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  const hundredths = two(text, 20)
  const thousandths = two(text, 21) % 10
  const isTime = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59
  const isDay = century >= 0 && ofCentury >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28
  if (!isDay || !isTime || hundredths < 0 || thousandths < 0) return Number.NaN
  // Years begin in March here, so that a leap day is the last day of its year.
  const months = (month + 9) % 12
  const year = century * 100 + ofCentury - (months > 9 ? 1 : 0)
  const days = 365 * year + divide(year, 4) - divide(year, 100) + divide(year, 400) + divide(306 * months + 5, 10) + day
  // By this count, January 1, 1970 is day 719469.
  return ((((days - 719_469) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + hundredths * 10 + thousandths
}

/** As `DateTime.make`, and `undefined` in the place of `None`. */
export const make = (text: string): DateTime.Utc | undefined => {
  const millis = millisOf(text)
  // Unlike the constructors, this makes no `Date`.
  return Number.isNaN(millis) ? Option.getOrUndefined(DateTime.make(text)) : DateTime.mapEpochMillis(epoch, () => millis)
}
