import { defineOwner } from 'lineshaft';

export const integration = defineOwner({ name: 'integration', title: 'Integration team', mail: 'integration@acme.example', side: 'it' });

export const plantManagement = defineOwner({ name: 'plant-management', title: 'Plant management Bremen', mail: 'plant.bremen@acme.example', side: 'ot' });

export const bremenPackaging = defineOwner({
  name: 'bremen-packaging',
  title: 'Packaging Bremen',
  mail: 'packaging.bremen@acme.example',
  side: 'ot',
  escalatesTo: plantManagement,
});

export const planning = defineOwner({ name: 'planning', title: 'Production planning', mail: 'planning@acme.example', side: 'it', escalatesTo: plantManagement });

export const warehouse = defineOwner({ name: 'warehouse', title: 'Warehouse Bremen', mail: 'warehouse.bremen@acme.example', side: 'ot', escalatesTo: plantManagement });

export const transport = defineOwner({ name: 'transport', title: 'Transport desk', mail: 'transport@acme.example', side: 'it', escalatesTo: planning });

export const purchasing = defineOwner({ name: 'purchasing', title: 'Purchasing', mail: 'purchasing@acme.example', side: 'it', escalatesTo: planning });

export const maintenance = defineOwner({ name: 'maintenance', title: 'Maintenance Bremen', mail: 'maintenance.bremen@acme.example', side: 'ot', escalatesTo: plantManagement });
