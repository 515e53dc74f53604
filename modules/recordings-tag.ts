/**
 * The tag of what holds recordings: whether destroying refuses or deletes them, as it was deployed last. Settings may say
 * otherwise since, and outputs are the first that Terraform destroys.
 */
export const RECORDINGS_TAG = "SessionRecordings";
