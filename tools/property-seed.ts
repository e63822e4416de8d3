import fc from "fast-check";

// Property tests draw new cases each time they are run by hand. CI gives a seed, so that what passes or fails there does so again.
const seed = process.env["PROPERTY_SEED"];
if (seed !== undefined && seed !== "") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
