import { InvalidArgumentError } from "@attr/core";
import { checkNumber, checkNumbers, checkRecords, checkString, checkStrings } from "./check-parts.ts";
import { sumOf } from "./facts.ts";
import type { TextDocument } from "./text-document.ts";

/** @throws InvalidArgumentError where the parts of a text document do not fit together. */
export function checkText(document: TextDocument): void {
  checkStrings(document.features, "features");
  checkRecords(document.rows, "rows");
  checkRecords(document.pieces, "pieces");
  checkNumbers(document.groups, "groups");
  const features = document.features.length;
  document.rows.forEach((row, index) => {
    checkString(row.label, `rows[${index}].label`);
    checkNumbers(row.scores, `rows[${index}].scores`);
    checkNumbers(row.standardErrors, `rows[${index}].standardErrors`);
    checkNumber(row.value, `rows[${index}].value`);
    checkNumber(row.baseValue, `rows[${index}].baseValue`);
    if (row.scores.length !== features)
      throw new InvalidArgumentError(`rows[${index}].scores holds ${row.scores.length} numbers for ${features} features`);
    if (row.standardErrors !== undefined && row.standardErrors.length !== features)
      throw new InvalidArgumentError(
        `rows[${index}].standardErrors holds ${row.standardErrors.length} numbers for ${features} features`,
      );
  });
  document.pieces.forEach((piece, index) => {
    checkString(piece.text, `pieces[${index}].text`);
    if (piece.feature !== undefined && !(Number.isInteger(piece.feature) && piece.feature >= 0 && piece.feature < features))
      throw new InvalidArgumentError(`pieces[${index}].feature ${piece.feature} is outside the ${features} features`);
  });
  if (document.groups !== undefined && document.groups.length !== features)
    throw new InvalidArgumentError(`groups holds ${document.groups.length} entries for ${features} features`);
}

/** The row the text is coloured by when only one can be shown; -1 where there is no row. */
export function primaryRow(document: TextDocument): number {
  const marked = document.rows.findIndex((row) => row.primary === true);
  return marked >= 0 ? marked : document.rows.length === 0 ? -1 : 0;
}

/** The sum of a row's scores, a group of features counted once. */
export function sumOfScores(document: TextDocument, row: number): number {
  return sumOf(document.rows[row]!.scores, document.groups);
}
