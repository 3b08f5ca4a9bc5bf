export { httpJson } from './http-json/http-json.ts';
export { smtp } from './smtp/smtp.ts';
