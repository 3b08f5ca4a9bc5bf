export { httpJson } from './http-json/http-json.ts';
export { modbus } from './modbus/modbus.ts';
export { mqttEndpoint } from './mqtt-endpoint/mqtt-endpoint.ts';
export { mqttJson } from './mqtt-json/mqtt-json.ts';
export { opcUa } from './opc-ua/opc-ua.ts';
export { smtp } from './smtp/smtp.ts';
export { sparkplug } from './sparkplug/sparkplug.ts';
export { tryton } from './tryton/tryton.ts';
