// Made from openapi.json by `npm run generate`; a change here is lost.

export const version = "0.1.0";
