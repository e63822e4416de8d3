/** The schema of results side by side, as the page saves them. */
export const comparisonSchema = "attr.comparison/1";
