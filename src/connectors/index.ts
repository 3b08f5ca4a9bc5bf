export { httpJson } from './http-json/http-json.ts';
