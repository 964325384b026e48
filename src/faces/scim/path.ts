/** Where systems provision users: the beginning of each address, and of the links to each resource. */
export const scimPath = '/scim/v2'
