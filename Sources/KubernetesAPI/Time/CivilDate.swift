/// A day of the proleptic Gregorian calendar.
struct CivilDate: Hashable {
  var year: Int
  var month: Int
  var day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days are counted from 1 March of year 0, so that the leap day ends a year and 400 years are one period of
  /// 146,097 days.
  private static let daysFromMarchOfYearZeroToEpoch = 719_468

  init(daysSinceEpoch: Int) {
    let days = daysSinceEpoch.addingSaturating(CivilDate.daysFromMarchOfYearZeroToEpoch)
    let period = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfPeriod = days - period * 146_097
    let yearOfPeriod = (dayOfPeriod - dayOfPeriod / 1460 + dayOfPeriod / 36_524 - dayOfPeriod / 146_096) / 365
    let dayOfYear = dayOfPeriod - (365 * yearOfPeriod + yearOfPeriod / 4 - yearOfPeriod / 100)
    // March is month 0 here; 153 days are five months beginning with March or August.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfPeriod + period * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let period = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfPeriod = shiftedYear - period * 400
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfPeriod = yearOfPeriod * 365 + yearOfPeriod / 4 - yearOfPeriod / 100 + dayOfYear
    return period * 146_097 + dayOfPeriod - CivilDate.daysFromMarchOfYearZeroToEpoch
  }

  static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
