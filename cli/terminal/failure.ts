/** Something that a person can mend: it is told in its own words, without a stack trace. */
export class Failure extends Error {}
