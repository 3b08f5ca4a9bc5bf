// Fills an empty Tryton 6.0 over its own API, as people would by hand: a manufacturer of packed coffee with its items, BOM, places,
// partners and users, and the orders in tryton-orders.json, which are those of the demo's world of seed 1. Runs on Node 20.
//   node tryton-company.mjs URL     URL signs in as admin; the users "lineshaft" and "planner" get the same password
import { readFileSync } from 'node:fs';

const orders = JSON.parse(readFileSync(new URL('tryton-orders.json', import.meta.url), 'utf8'));

const url = new URL(process.argv[2] ?? '');
const endpoint = `${url.origin}${url.pathname.replace(/\/$/, '')}/`;
const password = decodeURIComponent(url.password);
let authorization;
let context = {};

async function rpc(method, ...params) {
  const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ id: 1, method, params }) });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${body.slice(0, 300)}`);
  const { error, result } = JSON.parse(body);
  if (error) throw new Error(`${method}: ${JSON.stringify(error).slice(0, 2_000)}`);
  return result;
}

async function signIn(login) {
  const [id, session] = await rpc('common.db.login', login, { password });
  authorization = `Session ${Buffer.from(`${login}:${id}:${session}`).toString('base64')}`;
  context = await rpc('model.res.user.get_preferences', true, {});
  return id;
}

const on = (model, method, ...params) => rpc(`model.${model}.${method}`, ...params, context);
const create = async (model, values) => (await on(model, 'create', [values]))[0];
const search = (model, where) => on(model, 'search', where, 0, null, null);

/** Id of the one record with a value. */
async function only(model, field, value) {
  const found = await search(model, [[field, '=', value]]);
  if (found.length !== 1) throw new Error(`${found.length} records of ${model} have the ${field} ${value}`);
  return found[0];
}

const decimal = (digits) => ({ __class__: 'Decimal', decimal: digits });

/** A day so many days from now. */
function day(from) {
  const at = new Date(Date.now() + from * 86_400_000);
  return { __class__: 'date', year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
}

/** Ids that everything refers to. */
async function places() {
  const [warehouse] = await on('stock.location', 'search_read', [['type', '=', 'warehouse']], 0, 1, null, ['storage_location', 'production_location']);
  const [lost] = await search('stock.location', [['type', '=', 'lost_found']]);
  const [company] = await on('company.company', 'search_read', [], 0, 1, null, ['currency']);
  const uom = { unit: await only('product.uom', 'symbol', 'u'), metre: await only('product.uom', 'symbol', 'm') };
  return { warehouse: warehouse.id, storage: warehouse.storage_location, line: warehouse.production_location, lost, company: company.id, currency: company.currency, uom };
}

const party = (name, code) => create('party.party', { name, code, addresses: [['create', [{ street: '1 Harbour Road', city: 'Bremen' }]]] });

async function company() {
  const admin = await signIn('admin');
  await on('ir.module.config_wizard.item', 'write', await search('ir.module.config_wizard.item', [['state', '=', 'open']]), { state: 'done' });
  const rates = [['create', [{ date: day(-3_000), rate: decimal('1') }]]];
  const currency = await create('currency.currency', { name: 'Euro', code: 'EUR', numeric_code: '978', symbol: '€', rounding: decimal('0.01'), digits: 2, rates });
  const acme = await create('company.company', { party: await party('Acme', 'ACME'), currency });
  const staff = {};
  for (const name of ['Lineshaft', 'Planner']) staff[name.toLowerCase()] = await create('company.employee', { party: await party(name, name.toUpperCase()), company: acme });
  await on('res.user', 'write', [admin], { companies: [['add', [acme]]], company: acme });
  await signIn('admin');
  const groups = await search('res.group', [
    [
      'name',
      'in',
      ['Production', 'Production Administration', 'Stock', 'Stock Administration', 'Stock Force Assignment', 'Sales', 'Purchase', 'Product Administration', 'Party Administration'],
    ],
  ]);
  for (const [name, employee] of Object.entries(staff)) {
    const values = { name: name[0].toUpperCase() + name.slice(1), login: name, password, groups: [['add', groups]], companies: [['add', [acme]]], company: acme };
    const id = await create('res.user', values);
    await on('res.user', 'write', [id], { employees: [['add', [employee]]], employee });
  }
  await party('Rhine Foils', 'SUP-12');
  await party('Weser Cartons', 'SUP-15');
  await items();
}

async function items() {
  const { warehouse, uom } = await places();
  await on('stock.location', 'write', [warehouse], { name: 'Bremen', code: 'BRE' });
  const item = async (code, name, unit, flags) => {
    const values = { name, code, type: 'goods', default_uom: unit, list_price: decimal('1'), cost_price_method: 'fixed', products: [['create', [{}]]], ...flags };
    const template = await create('product.template', values);
    const [product] = await search('product.product', [['template', '=', template]]);
    await on('product.product', 'write', [product], { cost_price: decimal('0.1') });
    return product;
  };
  const coffee = await item('COFFEE-500G', 'Coffee, pack of 500 g', uom.unit, { producible: true, salable: true, sale_uom: uom.unit });
  const foil = await item('FOIL-80', 'Foil, 80 µm', uom.metre, { purchasable: true, purchase_uom: uom.metre });
  const carton = await item('CARTON-12', 'Carton for 12 packs', uom.unit, { purchasable: true, purchase_uom: uom.unit });
  const inputs = [
    { product: foil, quantity: 3, uom: uom.metre },
    { product: carton, quantity: 1, uom: uom.unit },
  ];
  const bom = await create('production.bom', {
    name: 'A carton of coffee',
    inputs: [['create', inputs]],
    outputs: [['create', [{ product: coffee, quantity: 12, uom: uom.unit }]]],
  });
  await on('product.product', 'write', [coffee], { boms: [['create', [{ bom }]]] });
}

/** Production orders as far as their `state`, and what was sold and bought for them. */
async function place({ production, sales, purchases }) {
  await signIn('planner');
  const here = await places();
  const products = Object.fromEntries(
    (await on('product.product', 'search_read', [], 0, null, null, ['code', 'default_uom'])).map(({ id, code, default_uom: uom }) => [code, { product: id, uom }]),
  );
  const moveOf = (item, quantity, from, to, more) => ({ ...products[item], quantity, from_location: from, to_location: to, company: here.company, ...more });
  const priced = { unit_price: decimal('0.1'), currency: here.currency };

  for (const { number, item, quantity, state, inputs } of production) {
    const stock = inputs.map((input) => moveOf(input.item, input.quantity, here.lost, here.storage, priced));
    await on('stock.move', 'do', await on('stock.move', 'create', stock));
    const order = await create('production', {
      number,
      ...products[item],
      quantity,
      company: here.company,
      warehouse: here.warehouse,
      location: here.line,
      planned_start_date: day(0),
      planned_date: day(0),
      inputs: [['create', inputs.map((input) => moveOf(input.item, input.quantity, here.storage, here.line))]],
      outputs: [['create', [moveOf(item, quantity, here.line, here.storage, priced)]]],
    });
    const ways = { draft: [], waiting: ['wait'], assigned: ['wait', 'assign_force'], running: ['wait', 'assign_force', 'run'] };
    for (const button of ways[state]) await on('production', button, [order]);
  }

  for (const { number, customer, item, quantity, unitPrice } of sales) {
    const [known] = await search('party.party', [['code', '=', customer]]);
    const line = { product: products[item].product, unit: products[item].uom, quantity, unit_price: decimal(unitPrice) };
    await deal('sale.sale', known ?? (await party(customer, customer)), number, line, here, { shipment_method: 'order', shipping_date: day(1) });
  }
  for (const { number, order, supplier, item, quantity } of purchases) {
    const line = { product: products[item].product, unit: products[item].uom, quantity, unit_price: decimal('0.1'), delivery_date_edit: true, delivery_date_store: day(1) };
    await deal('purchase.purchase', await only('party.party', 'code', supplier), number, line, here, { reference: order });
  }
}

/** A sale or purchase that both sides have agreed on; Tryton goes on to process it by itself. */
async function deal(model, partner, number, line, { company: acme, currency, warehouse }, more) {
  const [{ addresses }] = await on('party.party', 'read', [partner], ['addresses']);
  const shipping = model === 'sale.sale' ? { shipment_party: null, shipment_address: addresses[0] } : {};
  const order = await create(model, {
    number,
    party: partner,
    invoice_address: addresses[0],
    ...shipping,
    company: acme,
    currency,
    warehouse,
    invoice_method: 'manual',
    ...more,
    lines: [['create', [{ type: 'line', ...line }]]],
  });
  for (const button of ['quote', 'confirm']) await on(model, button, [order]);
}

await company();
await place(orders);
